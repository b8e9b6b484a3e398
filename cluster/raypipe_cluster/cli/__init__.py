"""The command line. Only this package prints: results on stdout, progress and errors on stderr."""
