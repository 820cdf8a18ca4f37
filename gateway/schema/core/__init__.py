"""Schema modules that the packages of several object types share."""
