"""How the platform is watched: what is collected, what is made of it, and where a person looks."""
