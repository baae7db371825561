package io.github.loopthread.faults;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.http.MediaType;
import org.springframework.http.client.MultipartBodyBuilder;
import org.springframework.http.client.MultipartBodyBuilder.PartBuilder;
import org.springframework.web.reactive.function.BodyInserters;

import io.github.loopthread.TestServer;
import io.github.loopthread.faults.Ending.Kind;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Strings that users may have written, with what ends lines, in bodies that have lines of
 * their own: forms, and the heads of the parts of a multipart body.
 */
@Timeout(60)
class InjectedPartTests {

	private static final Pattern FORM = Pattern.compile("[A-Za-z0-9.*_+%-]*=[A-Za-z0-9.*_+%-]*");

	private static final Pattern LINE = Pattern
		.compile("(?:Content-Disposition|Content-Type|Content-Length): [^\\x00]*");

	private static final Pattern LINE_END = Pattern.compile("\r\n|\r|\n");

	@RegisterExtension
	private static final DefaultClient client = DefaultClient.create();

	@AutoClose
	private static final TestServer server = TestServer
		.start((routes) -> routes.post("/echo", (request, response) -> response.send(request.receive().retain())));

	@ParameterizedTest(name = "P7 {0}")
	@EnumSource
	void formIsOneLine(Form form) {
		HostileStrings.each(form, (text) -> {
			Ending ending = post(() -> form.inserter(text));
			assertThat(ending.kind()).as(HostileStrings.quote(text) + ending).isEqualTo(Kind.VALUE);
			assertThat(String.valueOf(ending.value())).matches(FORM);
		});
	}

	@ParameterizedTest(name = "P7 {0}")
	@EnumSource
	void partHasTheLinesOfAnHonestOne(PartString part) {
		int lines = lines(post(() -> part.inserter("a"))).size();
		HostileStrings.each(part, (text) -> {
			Ending ending = post(() -> part.inserter(text));
			assertThat(ending.kind()).as("%s: %s", HostileStrings.quote(text), ending).isIn(Kind.VALUE, Kind.ILLEGAL);
			if (ending.kind() == Kind.VALUE) {
				assertIsHonest(lines(ending), lines, HostileStrings.quote(text));
			}
		});
	}

	@Test
	@DisplayName("P7 header of a part, which nobody looks at")
	void headerOfPartIsSentAsItIs() {
		Ending ending = post(() -> part("name", (part) -> part.header("X-Value", "a\r\nInjected: yes")));
		assertThat(lines(ending)).contains("X-Value: a", "Injected: yes");
	}

	private static List<String> lines(Ending ending) {
		return List.of(LINE_END.split(String.valueOf(ending.value())));
	}

	private static void assertIsHonest(List<String> read, int lines, String text) {
		assertThat(read).as(text).hasSize(lines);
		String boundary = read.get(0);
		assertThat(boundary).startsWith("--");
		assertThat(read.subList(lines - 3, lines)).as(text).containsExactly("", "hello", boundary + "--");
		assertThat(read.subList(1, lines - 3)).as(text).allMatch((line) -> LINE.matcher(line).matches());
	}

	private static Ending post(Supplier<BodyInserters.FormInserter<?>> body) {
		return Ending.of(() -> client.loop()
			.withTimeout(DefaultClient.LONG)
			.execute(client.web()
				.post()
				.uri(server.url("/echo"))
				.body(body.get())
				.retrieve()
				.bodyToMono(byte[].class)
				.map((bytes) -> new String(bytes, StandardCharsets.ISO_8859_1))));
	}

	private static BodyInserters.FormInserter<?> part(String name, Action action) {
		MultipartBodyBuilder body = new MultipartBodyBuilder();
		action.on(body.part(name, "hello"));
		return BodyInserters.fromMultipartData(body.build());
	}

	enum Form {

		FORM_NAME {

			@Override
			BodyInserters.FormInserter<?> inserter(String text) {
				return BodyInserters.fromFormData(text, "value");
			}

		},

		FORM_VALUE {

			@Override
			BodyInserters.FormInserter<?> inserter(String text) {
				return BodyInserters.fromFormData("name", text);
			}

		};

		abstract BodyInserters.FormInserter<?> inserter(String text);

	}

	/**
	 * What of a part's head may be a user's.
	 */
	enum PartString {

		NAME {

			@Override
			BodyInserters.FormInserter<?> inserter(String text) {
				return part(text, (part) -> {
				});
			}

		},

		FILE_NAME {

			@Override
			BodyInserters.FormInserter<?> inserter(String text) {
				return part("name", (part) -> part.filename(text));
			}

		},

		CONTENT_TYPE {

			@Override
			BodyInserters.FormInserter<?> inserter(String text) {
				return part("name", (part) -> part.contentType(MediaType.parseMediaType("text/plain;x=" + text)));
			}

		};

		abstract BodyInserters.FormInserter<?> inserter(String text);

	}

	private interface Action {

		void on(PartBuilder part);

	}

}
