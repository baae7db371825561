package io.github.loopthread.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIf;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Properties that documents name, ours and Spring Boot's, are there in this version of
 * Spring Boot.
 */
class NamedPropertiesTests {

	// Of modules that the starter does not bring
	private static final Set<String> ELSEWHERE = Set.of("spring.reactor.context-propagation",
			"spring.reactor.netty.shutdown-quiet-period");

	private static final Pattern INLINE = Pattern
		.compile("`((?:loop|spring|management|server)\\.[a-z0-9.*-]+)(?:=[^`]*)?`");

	private static final Pattern IN_BLOCK = Pattern.compile("^((?:loop|spring|management|server)\\.[a-z0-9.-]+)=",
			Pattern.MULTILINE);

	private static final Pattern METER = Pattern.compile("^\\| `(loop\\.[a-z.]+)` \\| (?:timer|gauge|counter|long)",
			Pattern.MULTILINE);

	private final Set<String> properties = new HashSet<>();

	private final Set<String> maps = new HashSet<>();

	NamedPropertiesTests() throws IOException {
		List<URL> files = Collections
			.list(getClass().getClassLoader().getResources("META-INF/spring-configuration-metadata.json"));
		for (URL file : files) {
			try (InputStream content = file.openStream()) {
				for (JsonNode property : JsonMapper.shared().readTree(content).get("properties")) {
					if (property.has("deprecation")) {
						continue;
					}
					boolean map = property.path("type").asString("").startsWith("java.util.Map");
					(map ? this.maps : this.properties).add(property.get("name").asString());
				}
			}
		}
	}

	@Test
	@DisabledIf(value = "io.github.loopthread.BootVersion#is40", disabledReason = "Some are there from 4.1 on")
	void everyPropertyThatIsNamedIsThere() throws IOException {
		Set<String> named = new TreeSet<>();
		Set<String> meters = new HashSet<>();
		for (Path document : documents()) {
			String text = Files.readString(document);
			INLINE.matcher(text).results().forEach((property) -> named.add(property.group(1)));
			IN_BLOCK.matcher(text).results().forEach((property) -> named.add(property.group(1)));
			METER.matcher(text).results().forEach((meter) -> meters.add(meter.group(1)));
		}
		named.removeAll(meters);
		named.removeAll(ELSEWHERE);
		assertThat(named).hasSizeGreaterThan(40);
		assertThat(named.stream().filter((name) -> !isThere(name))).isEmpty();
	}

	@Test
	void propertyThatIsNotThereIsFound() {
		assertThat(isThere("spring.http.clients.read-timeout")).isTrue();
		assertThat(isThere("spring.http.client.read-timeout")).isFalse();
		assertThat(isThere("loop.time")).isFalse();
		assertThat(isThere("spring.nothing.*")).isFalse();
	}

	private boolean isThere(String name) {
		if (name.endsWith(".*")) {
			String group = name.substring(0, name.length() - 1);
			return Stream.concat(this.properties.stream(), this.maps.stream())
				.anyMatch((property) -> property.startsWith(group));
		}
		return this.properties.contains(name) || this.maps.stream().anyMatch((map) -> name.startsWith(map + "."));
	}

	private static List<Path> documents() throws IOException {
		try (Stream<Path> docs = Files.walk(Path.of("../docs"))) {
			return Stream.concat(docs, Stream.of(Path.of("../README.md")))
				.filter((file) -> file.toString().endsWith(".md"))
				.toList();
		}
	}

}
