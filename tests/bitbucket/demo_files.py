"""What the files of the demo repositories hold."""

README = "# api\n\nRead teh manual.\n"

SERVER = "".join(f"def step_{n}():\n    return {n}\n\n\n" for n in range(1, 11))

# One line removed, one replaced by two, the rest as it was.
CHANGED_SERVER = SERVER.replace("    return 3\n", "    return 33\n    # never reached\n").replace("    return 7\n", "")

LIMITER = "LIMIT = 60\n\n\ndef allowed(count):\n    return count < LIMIT\n"

LOGO = bytes([137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 255, 254, 0]) * 8
