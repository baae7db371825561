package io.github.loopthread.benchmarks;

import java.util.List;

/**
 * What the upstream answers, decoded.
 */
public record Item(int id, String name, List<Item> parts) {

	public Item {
		parts = (parts != null) ? parts : List.of();
	}

}
