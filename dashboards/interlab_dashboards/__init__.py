"""Look at runs: the home of the web viewer, the human seat and the static pages."""
