package io.github.loopthread.benchmarks;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The bodies that the upstream answers with: one {@link Item} each, larger by its parts.
 */
@SuppressWarnings("ImmutableEnumChecker")
public enum Body {

	/** 30 bytes. */
	TINY(0),

	/** 1 KB. */
	KILO(37),

	/** 300 KB. */
	LARGE(9748);

	/** How many different ones there are of each size. */
	static final int IDS = 10;

	private final int parts;

	private final byte[][] bytes = new byte[IDS][];

	Body(int parts) {
		this.parts = parts;
		for (int id = 0; id < IDS; id++) {
			this.bytes[id] = json(item(id, parts)).getBytes(StandardCharsets.UTF_8);
		}
	}

	/**
	 * Return whether this is a body that the upstream sends, as far as a look at it
	 * tells: what is measured must not be the comparison.
	 */
	boolean resembles(Object body) {
		if (body instanceof Item item) {
			return item.id() >= 0 && item.id() < IDS && item.name().startsWith("article")
					&& item.parts().size() == this.parts;
		}
		return body instanceof byte[] content && content.length == this.bytes[0].length;
	}

	byte[] bytes(int id) {
		return this.bytes[id];
	}

	Item item(int id) {
		return item(id, this.parts);
	}

	String path() {
		return name().toLowerCase(Locale.ROOT);
	}

	static Body of(String path) {
		return valueOf(path.toUpperCase(Locale.ROOT));
	}

	private static Item item(int id, int parts) {
		List<Item> all = IntStream.range(0, parts).mapToObj((part) -> new Item(part, "part " + part, null)).toList();
		return new Item(id, "article no " + id, all);
	}

	private static String json(Item item) {
		StringBuilder json = new StringBuilder();
		json.append("{\"id\":").append(item.id()).append(",\"name\":\"").append(item.name()).append('"');
		if (!item.parts().isEmpty()) {
			json.append(",\"parts\":[");
			json.append(String.join(",", item.parts().stream().map(Body::json).toList())).append(']');
		}
		return json.append('}').toString();
	}

}
