"""Commands that meet real gear and the store, a file for each group of them."""
