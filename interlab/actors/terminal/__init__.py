"""A terminal as the human interface: forms line by line, editing, history."""
