"""Running the examples of README.md and docs/.

`blocks.py` finds them, `page.py` runs those of one page in a project that the page builds up,
`worker.py` is the process of a command, and `recipes.py` says what a page starts from.
"""
