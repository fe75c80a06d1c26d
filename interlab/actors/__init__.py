"""Who acts: classic strategies, negotiators, language models."""
