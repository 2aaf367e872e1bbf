// Included by programs of the framework; its commands and constants are not known.
