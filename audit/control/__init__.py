"""Control: what a system may do now. A log of interventions, apart from what the register decided."""
