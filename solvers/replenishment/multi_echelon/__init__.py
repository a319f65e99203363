"""Stock in several stages at once: the serial system exactly, and the placement of safety stock on trees."""
