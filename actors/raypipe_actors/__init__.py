"""What runs on Ray: model workers, dispatchers, composers, render workers, the pipeline."""
