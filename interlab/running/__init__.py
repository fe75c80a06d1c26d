"""Plan runs, execute them, store them, resume them."""
