"""Two versions of an application write to one database while its table is split and joined again.

====================  ==============================================================================
`wide/`, `split/`     the models of the old and of the new code
`values.py`           the columns, and which values a writer puts there
`history.py`          what a writer notes outside the database, before and after each write
`writer.py`           a process of the old or the new code that writes through Django's ORM
`probe.py`            a process that measures how long one read and one write take
`checker.py`          compares the database with the histories
`course.py`           runs the migrations and the processes through all phases, and back
`report.py`           the figures of a course as JSON and as Markdown
====================  ==============================================================================
"""
