"""What ``custodes up`` is made of: the children, the supervisor that keeps them alive, the first start."""
