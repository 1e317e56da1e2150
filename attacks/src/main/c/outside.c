/* A program that lies in no grant: that it runs is the proof. It ends at once. */
int main(void) {
	return 0;
}
