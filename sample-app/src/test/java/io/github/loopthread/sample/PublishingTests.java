package io.github.loopthread.sample;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The POMs that are published have what a public repository asks for, and the BOM has
 * every module that is.
 */
class PublishingTests {

	private final Pom root = new Pom("pom.xml");

	private final Pom bom = new Pom("bom/pom.xml");

	@ParameterizedTest
	@ValueSource(strings = { "name", "description", "url", "licenses/license/name", "licenses/license/url",
			"developers/developer/name", "scm/connection", "scm/developerConnection", "scm/url" })
	void everyPublishedPomSaysWhatIsAskedFor(String element) {
		assertThat(this.root.value(element)).isNotBlank();
		assertThat(this.bom.value(element)).isNotBlank();
		if (!element.matches("name|description")) {
			assertThat(this.bom.value(element)).isEqualTo(this.root.value(element));
		}
		for (Pom module : published()) {
			assertThat(module.value("name")).isNotBlank();
			assertThat(module.value("description")).isNotBlank();
			assertThat(module.value("parent/artifactId")).isEqualTo(this.root.value("artifactId"));
		}
	}

	@Test
	void bomHasEveryPublishedModuleInThisVersion() {
		assertThat(this.bom.value("version")).isEqualTo(this.root.value("version"));
		assertThat(this.bom.value("properties/project.build.outputTimestamp"))
			.isEqualTo(this.root.value("properties/project.build.outputTimestamp"));
		assertThat(this.bom.value("build/pluginManagement/plugins/plugin/version"))
			.isEqualTo(this.root.value("properties/spring-javaformat.version"));
		assertThat(this.bom.values("dependencyManagement/dependencies/dependency/artifactId"))
			.containsExactlyElementsOf(published().stream().map((module) -> module.value("artifactId")).toList());
		assertThat(this.bom.values("dependencyManagement/dependencies/dependency/version"))
			.containsOnly("${project.version}");
	}

	@Test
	void bomBringsNothingButOurVersions() {
		assertThat(this.bom.values("parent")).isEmpty();
		assertThat(this.bom.values("dependencies")).isEmpty();
		assertThat(this.bom.values("dependencyManagement/dependencies/dependency/groupId"))
			.containsOnly(this.root.value("groupId"));
	}

	@Test
	void documentsNameThisVersion() {
		List<String> named = Documents.all()
			.stream()
			.flatMap((document) -> Pattern.compile("loopthread-spring-boot(?:-starter)?:(\\d[\\w.-]*\\w)")
				.matcher(Documents.read(document))
				.results())
			.map((version) -> version.group(1))
			.toList();
		assertThat(named).hasSizeGreaterThan(1).containsOnly(this.root.value("version"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "README.md", "CHANGELOG.md", "docs/getting-started.md" })
	void documentSaysThatThereIsNoReleaseForAsLongAsThereIsNone(String document) {
		assertThat(
				Documents.read(Documents.ROOT.resolve(document)).toLowerCase(Locale.ROOT).contains("not released yet"))
			.isEqualTo(this.root.value("version").endsWith("-SNAPSHOT"));
	}

	/**
	 * Return the modules with code that are published.
	 */
	private List<Pom> published() {
		return this.root.values("modules/module")
			.stream()
			.filter((module) -> !module.equals("bom"))
			.map((module) -> new Pom(module + "/pom.xml"))
			.filter((module) -> !module.value("properties/maven.deploy.skip").equals("true"))
			.toList();
	}

	private static final class Pom {

		private final Document document;

		Pom(String path) {
			Path file = Documents.ROOT.resolve(path);
			try (var content = Files.newInputStream(file)) {
				this.document = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(content);
			}
			catch (Exception ex) {
				throw new IllegalStateException(path, ex);
			}
		}

		String value(String path) {
			return values(path).stream().findFirst().orElse("");
		}

		List<String> values(String path) {
			try {
				NodeList nodes = (NodeList) XPathFactory.newInstance()
					.newXPath()
					.evaluate("/project/" + path, this.document, XPathConstants.NODESET);
				return IntStream.range(0, nodes.getLength())
					.mapToObj((i) -> nodes.item(i).getTextContent().strip())
					.toList();
			}
			catch (Exception ex) {
				throw new IllegalStateException(path, ex);
			}
		}

	}

}
