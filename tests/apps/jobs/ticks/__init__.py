"""What the operator's parser of schedules says."""
