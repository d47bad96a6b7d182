"""Renderings of a result: terminal, HTML, Markdown, JUnit, SARIF, and the run's folder."""
