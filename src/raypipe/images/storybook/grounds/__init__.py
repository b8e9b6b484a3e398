"""Where a scene plays: one painter for each setting of `raypipe.story.plan.Setting`."""
