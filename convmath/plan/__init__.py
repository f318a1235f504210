"""Planning: formulas worked out for millions of sizes, and what designs are worth building."""
