"""Does oversight work here, and how sure are we? What the rooms of evidence know, read together and safe to show."""
