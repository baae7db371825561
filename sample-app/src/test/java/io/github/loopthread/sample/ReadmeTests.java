package io.github.loopthread.sample;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.net.URL;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
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
 * metadata, and its figures in the document that says how they are measured.
 */
class ReadmeTests {

	private static final List<String> SOURCES = Stream
		.of("sample-app/src", "autoconfigure/src/test", "starter/src/test")
		.flatMap((folder) -> Documents.sources(folder).stream())
		.filter((file) -> !file.endsWith("ReadmeTests.java"))
		.map(Documents::read)
		.map(ReadmeTests::withoutWhitespace)
		.toList();

	private static final Path START_PAGE = Path.of("src/main/resources/static/index.html");

	@ParameterizedTest
	@MethodSource("javaBlocks")
	void codeOfDocumentsIsCodeThatTestsRun(String block) {
		String code = withoutWhitespace(block);
		assertThat(SOURCES.stream().anyMatch((source) -> source.contains(code))).as(block).isTrue();
	}

	@ParameterizedTest
	@MethodSource("dependencyBlocks")
	void dependenciesOfDocumentsAreThisVersionOfThisProject(String block) {
		String pom = Documents.read(Documents.ROOT.resolve("pom.xml"));
		Matcher version = Pattern.compile("<version>(.*?)</version>").matcher(pom);
		assertThat(version.find()).isTrue();
		assertThat(block).contains("loopthread").contains(version.group(1));
	}

	@Test
	void propertiesOfReadmeAreInMetadataWithTheirDefaults() throws IOException {
		Map<String, String> documented = new TreeMap<>();
		Pattern.compile("^\\| `(loop\\.[a-z.-]+)` \\| (?:`(.*?)`)? *\\| (.*) \\|$", Pattern.MULTILINE)
			.matcher(Documents.read(Documents.ROOT.resolve("README.md")))
			.results()
			.forEach((row) -> documented.put(row.group(1), Objects.requireNonNullElse(row.group(2), "")));
		Map<String, String> actual = new TreeMap<>();
		for (JsonNode property : metadata().get("properties")) {
			actual.put(property.get("name").asString(), property.path("defaultValue").asString(""));
		}
		assertThat(documented).isNotEmpty();
		assertThat(actual).containsAllEntriesOf(documented);
	}

	@Test
	void figuresOfReadmeAreThoseOfDocumentThatHasTheirCommands() {
		String performance = Documents.read(Documents.ROOT.resolve("docs/performance.md"));
		Set<String> measured = new HashSet<>();
		numbers(performance).map((number) -> new BigDecimal(number.replace(",", "")))
			// KB of bytes among them
			.flatMap((number) -> Stream.of(number, number.movePointLeft(3)))
			.forEach((number) -> Stream.of("%,.0f", "%,.1f", "%,.2f")
				.forEach((format) -> measured.add(String.format(Locale.ROOT, format, number))));
		String figures = Documents.read(Documents.ROOT.resolve("README.md")).split("## Figures")[1].split("\n## ")[0];
		List<String> shown = Pattern.compile("^\\|[^|]*\\|(.*)\\|$", Pattern.MULTILINE)
			.matcher(figures)
			.results()
			.flatMap((row) -> numbers(row.group(1)))
			.toList();
		assertThat(shown).hasSizeGreaterThan(20).allSatisfy((number) -> assertThat(measured).contains(number));
		assertThat(Pattern.compile("(?:JDK|Spring Boot|Netty) \\d[\\d.]*\\d").matcher(figures).results()).hasSize(3)
			.allSatisfy((version) -> assertThat(performance).contains(version.group()));
	}

	private static Stream<String> numbers(String text) {
		return Pattern.compile("\\d+(?:,\\d{3})*(?:\\.\\d+)?").matcher(text).results().map(MatchResult::group);
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

	static List<String> javaBlocks() {
		Stream<String> ofDocuments = Documents.all()
			.stream()
			// Its files are an application that GettingStartedTests compiles and runs
			.filter((document) -> !document.endsWith("getting-started.md"))
			.flatMap((document) -> Documents.blocks(document, "java"));
		Stream<String> ofStartPage = Pattern.compile("<pre[^>]*><code>(.*?)</code>", Pattern.DOTALL)
			.matcher(Documents.read(START_PAGE))
			.results()
			.map((result) -> HtmlUtils.htmlUnescape(result.group(1)));
		return Stream.concat(ofDocuments, ofStartPage).toList();
	}

	static List<String> dependencyBlocks() {
		return Documents.all()
			.stream()
			.flatMap((document) -> Stream.of("xml", "groovy")
				.flatMap((language) -> Documents.blocks(document, language)))
			.toList();
	}

	private static String withoutWhitespace(String text) {
		return text.replaceAll("\\s", "");
	}

}
