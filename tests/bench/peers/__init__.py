"""What people would pick instead, each behind the same small face: a message in, what was found and how surely out."""
