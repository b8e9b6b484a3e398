"""What runs on Ray: model workers, dispatchers, frame tasks, render workers, the pipeline."""
