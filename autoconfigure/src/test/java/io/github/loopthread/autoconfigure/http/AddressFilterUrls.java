package io.github.loopthread.autoconfigure.http;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

import io.netty.util.NetUtil;

/**
 * The ways to write an address that a URL from a user should not lead to. {@code PORT}
 * stands for the port of the server under attack.
 */
final class AddressFilterUrls {

	/**
	 * The only address that is allowed.
	 */
	static final String ALLOWED = "127.0.0.2";

	/**
	 * Hosts that are this machine in a notation that somebody understands: those that the
	 * client takes for names are answered by the name server.
	 */
	private static final List<String> THIS_MACHINE = List.of("127.0.0.1", "127.0.0.3", "127.255.255.254", "0.0.0.0",
			"127.0.0.01", "127.000.000.001", "[::1]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::]", "[::ffff:127.0.0.1]",
			"[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]", "localhost", "LOCALHOST", "localhost.",
			"internal.example", "internal.example.", "INTERNAL.example", "v6.example", "mapped.example", "zero.example",
			"several.example", "xn--interal-9ya.example", "127.0.0.1.example");

	/**
	 * Hosts in notations that other clients and tools understand.
	 */
	private static final List<String> OTHER_NOTATIONS = List.of("127.1", "127.0.1", "2130706433", "0x7f000001",
			"0x7f.0.0.1", "0x7f.1", "0x7F.0x0.0x0.0x1", "0177.0.0.1", "0177.1", "017700000001", "0251.0376.0251.0376",
			"00000177.0.0.1", "127.0.0.1.", "127%2e0%2e0%2e1", "%31%32%37.0.0.1", "１２７.0.0.1", "①②⑦.⓪.⓪.①", "127。0。0。1",
			"0", "0x0", "000.000.000.000", "[::1%25lo]", "[::ffff:0:127.0.0.1]", "[::7f00:1]", "[::127.0.0.1", "::1",
			"ⓛocalhost", "local\u00adhost");

	/**
	 * Hosts that are elsewhere: networks behind the firewall, link-local and metadata
	 * addresses, and IPv4 addresses inside of IPv6 ones.
	 */
	private static final List<String> ELSEWHERE = List.of("10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.254",
			"192.168.0.1", "100.64.0.1", "169.254.0.1", "169.254.169.254", "2852039166", "0xa9fea9fe",
			"[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "100.100.100.200", "192.0.0.192", "168.63.129.16",
			"0.0.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "[fe80::1]", "[fe80::1%25lo]",
			"[fec0::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[64:ff9b::7f00:1]", "[64:ff9b::10.0.0.1]",
			"[64:ff9b::169.254.169.254]", "[64:ff9b:1::7f00:1]", "[64:ff9b:1:7f00:0:100::]", "[2002:7f00:1::]",
			"[2002:a00:1::]", "[2001:0:7f00:1::]", "[2001:db8::1]", "metadata.google.internal", "private.example",
			"ula.example", "nat64.example", "link-local.example");

	private static final List<String> OTHER_URLS = List.of("http://127.0.0.2@127.0.0.1:PORT/",
			"http://127.0.0.2:80@127.0.0.1:PORT/", "http://allowed.example@127.0.0.1:PORT/",
			"http://allowed.example%00@127.0.0.1:PORT/", "http://127.0.0.2%40127.0.0.1:PORT/",
			"http://127.0.0.2:PORT@127.0.0.1:PORT/", "http://a:b@c@127.0.0.1:PORT/",
			"http://127.0.0.1:PORT\\@127.0.0.2/", "http://127.0.0.1\\@127.0.0.2:PORT/",
			"http://127.0.0.1%09.example:PORT/", "http://127.0.0.1%00:PORT/", "http://127.0.0.1:PORT#@127.0.0.2/",
			"https://127.0.0.1:PORT/", "ws://127.0.0.1:PORT/", "wss://127.0.0.1:PORT/", "http:127.0.0.1:PORT/",
			"http:/127.0.0.1:PORT/", "http:///127.0.0.1:PORT/", "http:\\\\127.0.0.1:PORT\\", "//127.0.0.1:PORT/",
			"\\\\127.0.0.1:PORT/", " http://127.0.0.1:PORT/", "http://127.0.0.1:PORT:80/", "http://[127.0.0.1]:PORT/",
			"http://127.0.0.1/", "jar:http://127.0.0.1:PORT/!/", "url:http://127.0.0.1:PORT/", "file://127.0.0.1/",
			"ftp://127.0.0.1:PORT/", "gopher://127.0.0.1:PORT/");

	private static final Map<String, List<String>> NAMES = Map.of("allowed.example.", List.of(ALLOWED), "v6.example.",
			List.of("::1"), "mapped.example.", List.of("::ffff:127.0.0.1"), "zero.example.", List.of("0.0.0.0"),
			"several.example.", List.of("127.0.0.1", "127.0.0.3", "::1"), "private.example.", List.of("10.0.0.1"),
			"ula.example.", List.of("fd00:ec2::254"), "nat64.example.", List.of("64:ff9b::7f00:1"),
			"link-local.example.", List.of("169.254.169.254"), "metadata.google.internal.", List.of("169.254.169.254"));

	private AddressFilterUrls() {
	}

	static List<String> all(int port) {
		return Stream
			.concat(Stream.of(THIS_MACHINE, OTHER_NOTATIONS, ELSEWHERE)
				.flatMap(List::stream)
				.map((host) -> "http://" + host + ":PORT/"), OTHER_URLS.stream())
			.map((url) -> url.replace("PORT", String.valueOf(port)))
			.toList();
	}

	/**
	 * Return those that lead to this machine when nothing is filtered.
	 */
	static List<String> toThisMachine(int port) {
		return THIS_MACHINE.stream().map((host) -> "http://%s:%d/".formatted(host, port)).toList();
	}

	/**
	 * Return those that lead to other machines when nothing is filtered, or to nowhere.
	 */
	static List<String> toElsewhere(int port) {
		return ELSEWHERE.stream().map((host) -> "http://%s:%d/".formatted(host, port)).toList();
	}

	/**
	 * Return whether Spring's templates refuse an address: they know none of IPv6 that
	 * has dots or a zone.
	 */
	static boolean isNoTemplate(String url) {
		return url.matches("http://\\[.*[.%].*\\].*");
	}

	/**
	 * Return what the name server says of a name; of one that it does not know, that it
	 * is this machine.
	 */
	static List<byte[]> addressesOf(String name) {
		return bytes(NAMES.getOrDefault(name, List.of("127.0.0.1")));
	}

	static List<byte[]> bytes(List<String> addresses) {
		Function<String, byte[]> toBytes = NetUtil::createByteArrayFromIpAddressString;
		return addresses.stream().map(toBytes).toList();
	}

}
