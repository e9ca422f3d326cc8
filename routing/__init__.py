"""Who answers: departments, officers, the responsibility catalogue and the routing decision."""
