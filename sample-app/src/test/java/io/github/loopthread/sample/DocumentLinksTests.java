package io.github.loopthread.sample;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Every link in a document leads somewhere. Addresses of others are looked at, not
 * called.
 */
class DocumentLinksTests {

	private static final Pattern LINK = Pattern.compile("\\[[^\\]]*]\\(([^)\\s]+)\\)");

	@Test
	void everyLinkLeadsToFileAndHeading() {
		List<String> broken = new ArrayList<>();
		for (Path document : Documents.all()) {
			links(document).forEach((link) -> {
				String problem = link.contains("://") ? problemOfAddress(link) : problemOfFile(document, link);
				if (problem != null) {
					broken.add("%s: %s: %s".formatted(document.getFileName(), link, problem));
				}
			});
		}
		assertThat(broken).isEmpty();
	}

	@Test
	void linksThatLeadNowhereAreFound() {
		Path readme = Documents.ROOT.resolve("README.md");
		assertThat(problemOfFile(readme, "docs/nothing.md")).isNotNull();
		assertThat(problemOfFile(readme, "docs/errors.md#nothing")).isNotNull();
		assertThat(problemOfFile(readme, "#nothing")).isNotNull();
		assertThat(problemOfFile(readme, "docs/errors.md#one-by-one")).isNull();
		assertThat(problemOfAddress("http://example.com/insecure")).isNotNull();
	}

	@Test
	void everyDocumentIsInTheIndex() {
		Path index = Documents.ROOT.resolve("docs/README.md");
		List<Path> listed = links(index).map((link) -> index.resolveSibling(link).normalize()).toList();
		assertThat(Documents.all()).filteredOn((document) -> document.startsWith(Documents.ROOT.resolve("docs")))
			.filteredOn((document) -> !document.equals(index))
			.allSatisfy((document) -> assertThat(listed).contains(document.normalize()));
	}

	@Test
	void readmeLinksToTheIndex() {
		assertThat(links(Documents.ROOT.resolve("README.md"))).contains("docs/README.md");
	}

	private static Stream<String> links(Path document) {
		return LINK.matcher(Documents.prose(document)).results().map((link) -> link.group(1));
	}

	private static String problemOfFile(Path document, String link) {
		String[] parts = link.split("#", 2);
		Path target = parts[0].isEmpty() ? document : document.resolveSibling(parts[0]);
		if (!Files.exists(target)) {
			return "no such file";
		}
		if (parts.length > 1 && !Documents.anchors(target).contains(parts[1])) {
			return "no such heading";
		}
		return null;
	}

	private static String problemOfAddress(String link) {
		URI uri = URI.create(link);
		boolean ours = "localhost".equals(uri.getHost());
		return (uri.getHost() != null && (ours || "https".equals(uri.getScheme()))) ? null : "no https address";
	}

}
