"""Self-contained HTML pages: the page of a result, its charts, and the templates of all pages."""
