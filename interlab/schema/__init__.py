"""Words that everybody uses: names of spans and attributes, values of an episode, what text a record may hold."""
