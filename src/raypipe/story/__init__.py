"""Stories: read, understood, cut into scenes, planned."""
