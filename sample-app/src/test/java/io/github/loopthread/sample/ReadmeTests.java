package io.github.loopthread.sample;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.web.util.HtmlUtils;

import io.github.loopthread.LoopThread;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The code of the README, of the other documents and of the sample's start page is the
 * sample's or a test's code, which other tests run; the README's properties are in the
 * metadata.
 */
class ReadmeTests {

	private static final Path ROOT = Path.of("..");

	private static final Path START_PAGE = Path.of("src/main/resources/static/index.html");

	@ParameterizedTest
	@MethodSource("javaBlocks")
	void codeOfDocumentsIsCodeThatTestsRun(String block) throws IOException {
		try (Stream<Path> files = Stream.concat(Files.walk(ROOT.resolve("sample-app/src")),
				Files.walk(ROOT.resolve("autoconfigure/src/test")))) {
			Stream<String> sources = files.filter((file) -> file.toString().endsWith(".java"))
				.filter((file) -> !file.endsWith("ReadmeTests.java"))
				.map(ReadmeTests::read)
				.map(ReadmeTests::withoutWhitespace);
			assertThat(sources.anyMatch((source) -> source.contains(withoutWhitespace(block)))).as(block).isTrue();
		}
	}

	@Test
	void propertiesOfReadmeAreInMetadataWithTheirDefaults() throws IOException {
		Map<String, String> documented = new TreeMap<>();
		Pattern.compile("^\\| `(loop\\.[a-z.-]+)` \\| (?:`(.*?)`)? *\\| (.*) \\|$", Pattern.MULTILINE)
			.matcher(read(ROOT.resolve("README.md")))
			.results()
			.forEach((row) -> documented.put(row.group(1), Objects.requireNonNullElse(row.group(2), "")));
		Map<String, String> actual = new TreeMap<>();
		for (JsonNode property : metadata().get("properties")) {
			actual.put(property.get("name").asString(), property.path("defaultValue").asString(""));
		}
		assertThat(documented).isNotEmpty();
		assertThat(actual).containsAllEntriesOf(documented);
	}

	private static JsonNode metadata() throws IOException {
		for (URL url : Collections
			.list(LoopThread.class.getClassLoader().getResources("META-INF/spring-configuration-metadata.json"))) {
			try (InputStream content = url.openStream()) {
				JsonNode metadata = JsonMapper.shared().readTree(content);
				if (metadata.toString().contains("io.github.loopthread.autoconfigure")) {
					return metadata;
				}
			}
		}
		throw new IllegalStateException("No metadata of ours on the classpath");
	}

	static Stream<String> javaBlocks() throws IOException {
		try (Stream<Path> documents = Files.list(ROOT.resolve("docs"))) {
			return Stream.concat(Stream.of(ROOT.resolve("README.md"), START_PAGE), documents)
				.flatMap((document) -> blocks(read(document)))
				.toList()
				.stream();
		}
	}

	private static Stream<String> blocks(String text) {
		return Pattern.compile("```java\n(.*?)```|<pre[^>]*><code>(.*?)</code>", Pattern.DOTALL)
			.matcher(text)
			.results()
			.map((MatchResult result) -> (result.group(1) != null) ? result.group(1)
					: HtmlUtils.htmlUnescape(result.group(2)));
	}

	private static String read(Path file) {
		try {
			return Files.readString(file);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static String withoutWhitespace(String text) {
		return text.replaceAll("\\s", "");
	}

}
