"""The one exception a person sees: something the bench needs is not as it must be."""


class Fault(Exception):
    """Stops the bench. A number measured in spite of it would be wrong."""
