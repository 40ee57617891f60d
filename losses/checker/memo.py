"""A property that is computed once."""


class once:
    """As `functools.cached_property`, but without the lock that this has before Python
    3.12: a loss that never comes back would hold it, and every later check would wait.
    """

    def __init__(self, compute):
        self.compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        value = vars(instance)[self.name] = self.compute(instance)
        return value
