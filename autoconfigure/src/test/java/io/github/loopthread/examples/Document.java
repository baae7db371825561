package io.github.loopthread.examples;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What documents show of what tests see.
 */
enum Document {

	ERRORS("errors.md"), FAN_OUT("fan-out.md"), OPERATIONS("operations.md");

	private final Path path;

	Document(String name) {
		this.path = Path.of("../docs", name);
	}

	/**
	 * Assert that a text is in the document, apart from line breaks and from what differs
	 * from run to run: milliseconds and ports.
	 */
	void assertShows(String text) {
		assertThat(normalized(read())).contains(normalized(text));
	}

	private String read() {
		try {
			return Files.readString(this.path);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static String normalized(String text) {
		return text.replaceAll("127\\.0\\.0\\.1:\\d+", "").replaceAll("\\d+ms", "").replaceAll("\\s+", " ");
	}

}
