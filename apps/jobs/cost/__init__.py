"""What a run costs: its pods' requests, for as long as they held them, at their nodes' prices."""
