"""The planner: a design that is drawn, dragged, judged and handed over. It calls; what is true of radio is in `wifiplan`."""
