"""A whole city: which shelters come first with this year's money.

`listing.read_lists` reads the lists, `layers.read_layers` what lies around, `people.assigned` says who goes where,
`plan.design_all` makes a design for each (`batch` in parallel), `budget.chosen` takes those that serve most, and `outcome` puts
it together.
"""
