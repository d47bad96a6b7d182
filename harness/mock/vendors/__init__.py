"""One module or package for each vendor: how a correct server of that vendor behaves."""
