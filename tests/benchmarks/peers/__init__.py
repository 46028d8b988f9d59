"""
Other products that do what this one does, each as its makers describe it and started as a process of its own. They come
with the dependency group `bench`, and nothing else imports them.
"""
