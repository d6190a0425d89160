"""The built-in stages: one file each, named like the stage. A new file here is a new stage; nothing else is needed."""
