package io.github.loopthread.faults;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * The program of a process of its own: the shared client, which calls the URLs that it is
 * told.
 */
final class ClientProgram {

	/**
	 * What a line begins with that is no log.
	 */
	static final String ANSWER = "client program: ";

	private ClientProgram() {
	}

	/**
	 * Reads lines from its input: how many calls to make at once, and a URL. Says how
	 * they have ended.
	 */
	public static void main(String[] args) throws Exception {
		DefaultClient client = DefaultClient.create("spring.http.codecs.max-in-memory-size=64MB");
		client.open();
		client.loopThread().start();
		say("ready");
		BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
		for (String line = in.readLine(); line != null; line = in.readLine()) {
			String[] words = line.split(" ");
			say(endings(client, Integer.parseInt(words[0]), words[1]).toString());
		}
		client.close();
	}

	private static List<String> endings(DefaultClient client, int calls, String url) {
		List<CompletableFuture<Ending>> endings = Stream
			.generate(() -> CompletableFuture.supplyAsync(() -> client.call(DefaultClient.LONG,
					client.request(url).retrieve().bodyToMono(byte[].class).map((body) -> body.length + " bytes"))))
			.limit(calls)
			.toList();
		return endings.stream().map(CompletableFuture::join).map(ClientProgram::describe).sorted().toList();
	}

	private static String describe(Ending ending) {
		return (ending.kind() == Ending.Kind.VALUE) ? String.valueOf(ending.value()) : ending.kind().name();
	}

	private static void say(String answer) {
		System.out.println(ANSWER + answer);
		System.out.flush();
	}

}
