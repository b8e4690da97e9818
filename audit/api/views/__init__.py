"""Views of the machines' door, one module per family of resources."""
