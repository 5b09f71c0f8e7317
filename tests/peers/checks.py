"""Checks of a peer: counted, and told one line each."""


class Checks:
    """Counts a peer's checks, and prints one line each."""

    def __init__(self, peer):
        self.peer = peer
        self.passed = self.failed = 0

    def check(self, name, good, seen=""):
        if good:
            self.passed += 1
            print(f"ok    {self.peer}: {name}")
        else:
            self.failed += 1
            print(f"FAIL  {self.peer}: {name}: {seen}")
