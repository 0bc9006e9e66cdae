"""Support for other packages, one module each; nothing here is imported unless a project does."""
