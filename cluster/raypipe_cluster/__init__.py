"""Opening and using a cluster: sessions and the command line."""
