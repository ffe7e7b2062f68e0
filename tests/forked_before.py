"""What the fork server has done before a command begins; `forked` names it among the modules to import.

Besides imports this is the list of the library's own modules with the hash of their files, for which a command parses
every file of the library. The files stay as they are while tests run, and a copy that was given others would not find
them: the answers are the same, which test_forked compares.
"""

from checks.store import sources

sources.core()
