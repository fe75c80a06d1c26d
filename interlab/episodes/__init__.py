"""Read episodes: from a stream of spans, or from the files of a run."""
