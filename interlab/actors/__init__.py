"""Actors: classic strategies, negotiators, language models, people."""
