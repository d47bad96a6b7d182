"""Open-model load: a plan made in advance, sent by a child process, each request journalled."""
