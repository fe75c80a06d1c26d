"""Write episodes as spans."""
