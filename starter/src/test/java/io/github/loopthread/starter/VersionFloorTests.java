package io.github.loopthread.starter;

import java.io.IOException;
import java.lang.module.ModuleDescriptor.Version;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.core.io.ClassPathResource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the starter brings is not older than the floors of docs/security.md.
 */
class VersionFloorTests {

	private static final Pattern ROW = Pattern.compile("^\\| (\\w[\\w ]*) \\| (\\d[\\w.]*) \\| CVE-",
			Pattern.MULTILINE);

	@ParameterizedTest(name = "P14 {0}")
	@CsvSource({ "Netty, io.netty", "Reactor Netty, io.projectreactor.netty", "Spring Framework, org.springframework" })
	void everyArtifactIsAtItsFloorOrAbove(String library, String group) throws IOException {
		Version floor = floors().get(library);
		assertThat(floor).isNotNull();
		List<String> artifacts = artifacts().filter((artifact) -> artifact.startsWith(group + ":")).toList();
		assertThat(artifacts).isNotEmpty()
			.allSatisfy((artifact) -> assertThat(versionOf(artifact)).as(artifact).isGreaterThanOrEqualTo(floor));
	}

	@Test
	void tableHasEveryFloor() throws IOException {
		assertThat(floors()).containsOnlyKeys("Netty", "Reactor Netty", "Spring Framework");
	}

	@Test
	void olderVersionsAreBelowTheFloor() throws IOException {
		assertThat(floors().get("Netty")).isGreaterThan(Version.parse("4.2.9.Final"))
			.isGreaterThan(Version.parse("4.1.140.Final"))
			.isLessThan(Version.parse("4.10.0.Final"));
		assertThat(floors().get("Spring Framework")).isGreaterThan(Version.parse("7.0.7"))
			.isLessThan(Version.parse("7.0.10"));
	}

	private static Map<String, Version> floors() throws IOException {
		return ROW.matcher(Files.readString(Path.of("../docs/security.md")))
			.results()
			.collect(Collectors.toMap((MatchResult row) -> row.group(1), (row) -> Version.parse(row.group(2))));
	}

	/**
	 * Return what the starter brings, as group, artifact, type, perhaps classifier,
	 * version and scope.
	 */
	private static Stream<String> artifacts() throws IOException {
		return new ClassPathResource("artifacts.txt").getContentAsString(StandardCharsets.UTF_8)
			.lines()
			.map(String::strip)
			.filter((line) -> line.matches("[^: ]+:[^: ]+:.*"));
	}

	private static Version versionOf(String artifact) {
		String[] parts = artifact.split(" ")[0].split(":");
		return Version.parse(parts[parts.length - 2]);
	}

}
